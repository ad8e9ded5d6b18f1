# Every rule beside core; the terms of each add up to its total, in every format.
flopclock analyze resnet18 --rule all
flopclock analyze lenet5 mobilenet_v2 --rule all --format csv | cut -d, -f1,2,4-8,12-19
command -v python3 >/dev/null || { echo "no python3" >&2; exit 77; }
flopclock analyze alexnet densenet161 mobilenet_v2 efficientnet_b0 googlenet@aux=true --rule all --pass train --format json >out.json || exit
python3 - <<'END'
import json
for m in json.load(open('out.json')):
    core = next(r['total'] for r in m['rules'] if r['rule'] == 'core')
    assert m['schema'] == 1 and 'rule' not in m
    for r in m['rules']:
        assert r['core_total'] == core * (2 if r['rule_unit'] == 'FLOP' else 1), r['rule']
        assert r['total'] == r['core_total'] + r['added'] - r['omitted'], r['rule']
        assert r['added'] - r['omitted'] == sum(t['added'] - t['omitted'] for t in r['terms']), r['rule']
        assert all((t['added'] == 0) != (t['omitted'] == 0) for t in r['terms']), r['rule']
    print(m['model'], len(m['rules']), 'rules')
END
