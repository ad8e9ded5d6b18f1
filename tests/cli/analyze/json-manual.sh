# The manual names every member that the JSON has.
command -v python3 >/dev/null || { echo "no python3" >&2; exit 77; }
flopclock analyze googlenet@aux=true --per-layer --device h100 --recompute 1 --rule thop --phase all --format json >counts.json || exit
flopclock analyze lenet5 --rule all --format json >rules.json
flopclock analyze lenet5 --fit 1G --precision bf16 --format json >fit.json
flopclock analyze lenet5 alexnet --diff --device a100 --format json >diff.json
flopclock analyze --list lenet5 --format json >list.json
python3 - <<'END'
import glob, json, os, re
page = open(os.environ['FC_ROOT'] + '/man/flopclock-analyze.1.in').read()
text = page[page.index('.SH JSON'):page.index('.SH PLANS')]
known = set(re.findall(r'[a-z][a-z_0-9]*', text))
seen = set()
def walk(value, inside=''):
    if isinstance(value, dict):
        for key, child in value.items():
            seen.add(key)
            walk(child, key)
    elif isinstance(value, list):
        for child in value:
            walk(child, inside)
for name in glob.glob('*.json'):
    document = json.load(open(name))
    first = document if isinstance(document, dict) else document[0]
    assert list(first)[0] == 'schema' and first['schema'] == 1, name
    walk(document)
print(sorted(seen - known))
print(len(seen) > 120)
END
