# What is no model, or one from another system: a sentence with a place, at once.
head='network x
input 3x32x32
classes 10
'
try() { timeout 20 flopclock analyze "$1" | sed -n 3p; }
printf '%sdense classes\noutput' "$head" >no-newline.net
printf '%sdense classes\noutput\n' "$head" | sed 's/$/\r/' >crlf.net
printf '\357\273\277%sdense classes\noutput\n' "$head" >mark.net
printf '%sdense classes # \377\376\nc\303\266nv 8 3\n' "$head" >bytes.net
{ printf '%sconv ' "$head"; head -c 1000000 /dev/zero | tr '\0' 8; echo ' 3'; } >digits.net
{ printf '%s' "$head"; head -c 900000 /dev/zero | tr '\0' '{'; } >braces.net
{ printf '%slet a = ' "$head"; head -c 900000 /dev/zero | tr '\0' '('; } >parentheses.net
{ printf '%s' "$head"; for i in $(seq 0 39); do echo "block b$i { b$((i + 1)); b$((i + 1)) }"; done; echo 'block b40 { let a = 1 }; b0'; } >doubling.net
printf '%srepeat 1000000 { default conv pad=1; let a = 1..9 }\n' "$head" >repeat.net
printf 'network a\nuse b\n' >a.net
printf 'network b\nuse a\n' >b.net
head -c 10000000 /dev/zero | tr '\0' ' ' >line.net
mkfifo pipe.net
ln -s loop.net loop.net
ln -s /dev/zero zeros.net
for file in no-newline crlf mark bytes digits braces parentheses doubling repeat a line pipe loop zeros; do
	try ./$file.net
done
