# One sentence with a place each, nothing on standard output.
try() { flopclock analyze "$1"; echo "exit $?" >&2; }
head='network x
input 3x32x32
classes 10'
: >empty.net
printf '%s\nconv 8 3\0\n' "$head" >zero.net
printf '%s\nconvv 8 3\n' "$head" >unknown.net
printf 'network x\nclasses 10\nconv 8 3\n' >no-input.net
printf '%s\na: conv 8 3\nadd a in\n' "$head" >shapes.net
printf '%s\na: relu from b\nb: relu from a\n' "$head" >cycle.net
printf '%s\nrepeat 1000000000 { relu }\n' "$head" >repeat.net
printf '%s\nconv 8 33\n' "$head" >kernel.net
printf '%s\nblock b { b }\nb\n' "$head" >recursion.net
printf 'network x\nuse itself\n' >itself.net
mkdir folder.net
truncate -s 100M garbage.net
for file in empty zero unknown no-input shapes cycle repeat kernel recursion itself folder garbage missing; do
	try $file.net
done
