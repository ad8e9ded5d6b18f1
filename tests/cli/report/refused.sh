# What is refused, with which words and which exit code; nothing is left behind.
try() { flopclock report "$@"; echo "exit $?"; }
flopclock trace lenet5 --backend null --probe fake --preset quick --steps 4 --validate-steps 2 -o runs 2>/dev/null >&2 || exit 1
mv runs/* runs/a
cp -r runs/a newer
sed -i 's/"schema": 1/"schema": 9/' newer/run.json
cp -r runs/a cut
head -c 300 runs/a/layers.csv >cut/layers.csv
cp -r runs/a x.partial
cp -r runs/a lacking
rm lacking/steps.csv
mkdir foreign foreign/out
echo precious >foreign/out/file
touch file
{
	try
	try nowhere
	try file
	try foreign
	try newer
	try cut
	try x.partial
	try lacking
	try runs --style giant
	try runs --paper napkin
	try runs --templates nowhere --no-figures
	try runs -o foreign/out
	try runs -o file
	try runs -o ''
	try runs -o /proc/flopclock
} 2>&1 | sed 's/^see .*help report.*$//' | grep -v '^$'
ls
cat foreign/out/file
