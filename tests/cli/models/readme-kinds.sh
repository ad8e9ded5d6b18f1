# models/README.md has every kind of layer, function and rule of first values, and every argument of each kind in the rows that
# name it: what the program knows is read from its sentences and from the table of kinds.
manual=$FC_ROOT/models/README.md
say() { printf 'network x\ninput 3x8x8\nclasses 10\n%s\n' "$1" >x.net; flopclock analyze ./x.net 2>&1 | sed 's/; did you mean.*//'; }
words() { tr -cs 'a-z_0-9\n' ' ' | tr ' ' '\n' | grep .; }
known() { grep -qF -- "$2" <<<"$1" || echo "models/README.md does not tell about $3"; }

kinds=$(grep -o 'X([A-Z_0-9]*, [a-z_0-9]*)' "$FC_ROOT/include/flopclock/graph.h" | sed 's/.*, //; s/)//' | grep -vx 'lower\|input\|foreign.*')
for kind in $kinds; do
	rows=$(grep -E "^\|.*\`($kind)[ \`]|^\|.*\`$kind NAME" "$manual")
	known "$rows" "$kind" "the layer $kind"
	for argument in $(say "$kind in zz=1" | sed -n 's/.*expected one of //p' | words) $(say "$kind zz=1" | sed -n 's/.*expected one of //p' | words); do
		known "${rows,,}" "$argument" "the argument $argument of $kind"
	done
done
for function in $(say 'let a = nosuch(1)' | sed 's/.*functions //' | words); do
	known "$(cat "$manual")" "\`$function(" "the function $function"
done
for rule in $(say 'init conv nosuch' | sed 's/.*expected one of //' | words); do
	known "$(sed -n '/^## First values/,/^## The grammar/p' "$manual")" "\`$rule" "the rule $rule"
done
echo "$(wc -w <<<"$kinds") kinds"
