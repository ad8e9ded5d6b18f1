# Every view's JSON is what man/analyze.schema.json says, and has no member that is not in there.
command -v python3 >/dev/null || { echo "no python3" >&2; exit 77; }
show() { n=$((n + 1)); flopclock analyze "${@:2}" --format json >"$1-$n.json" || exit; }
show model lenet5 googlenet@aux=true --per-layer
show model resnet18 --device h100 --precision bf16 --recompute 0.5 --rule thop --per-layer --depth 1
for phase in all forward backward-data backward-weights update training; do
	show model vgg11 --phase $phase --optimizer adam
done
show model vgg16@batch=300000 --phase training
show listed --list
show fit lenet5 alexnet --fit 1M
show fit resnet18 --fit 16G --precision bf16
show rules mobilenet_v3_large lenet5 --rule all
show diff --diff vgg11 vgg11_bn --device a100
show diff --diff lenet5 alexnet --phase update
python3 - <<'END'
import glob, json, os, re
root = json.load(open(os.environ['FC_ROOT'] + '/man/analyze.schema.json'))
kinds = {'object': dict, 'array': list, 'string': str, 'boolean': bool, 'null': type(None)}

def is_a(value, kind):
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return {'number': number, 'integer': number and isinstance(value, int)}.get(kind, isinstance(value, kinds.get(kind, ())))

def parts(schema):
    """A schema and all that it consists of."""
    yield schema
    for part in schema.get('allOf', ()):
        yield from parts(part)
    if '$ref' in schema:
        yield from parts(root['$defs'][schema['$ref'].split('/')[-1]])

def check(value, schema, at):
    known = {}
    for part in parts(schema):
        known.update(part.get('properties', {}))
        kind = part.get('type')
        assert not kind or any(is_a(value, k) for k in ([kind] if isinstance(kind, str) else kind)), (at, value, kind)
        assert 'const' not in part or value == part['const'], (at, value)
        assert 'enum' not in part or value in part['enum'], (at, value)
        assert 'pattern' not in part or re.search(part['pattern'], value), (at, value)
        assert 'minimum' not in part or part['minimum'] <= value <= part['maximum'], (at, value)
        for name in part.get('required', ()):
            assert name in value, (at, name)
        for item in value if 'items' in part else ():
            check(item, part['items'], at + '[]')
    for name in value if isinstance(value, dict) else ():
        assert name in known, (at, name)
        check(value[name], known[name], at + '.' + name)

for name in sorted(glob.glob('*.json')):
    what, document = name.split('-')[0], json.load(open(name))
    for one in [document] if what == 'diff' else document:
        check(one, root['$defs'][what], what)
print(len(glob.glob('*.json')), 'documents')
END
