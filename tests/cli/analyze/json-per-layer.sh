# The members that readers rely on, and sums over layers, read by another program.
command -v python3 >/dev/null || { echo "no python3" >&2; exit 77; }
flopclock analyze lenet5 resnet18 --format json --per-layer >out.json || exit
python3 - <<'END'
import json
for m in json.load(open('out.json')):
    print(m['model'], m['input'], m['macs'], m['flops'], m['params'])
    print(' ', sorted(m['counts'])[:4], sorted(m['memory'])[:3], sorted(m['phases']))
    for phase in ('forward', 'backward_data', 'backward_weights', 'update'):
        for key in ('macs', 'flops', 'bytes_read', 'bytes_written'):
            total = sum(l['phases'].get(phase, {}).get(key, 0) for l in m['layers'])
            assert total == m['phases'][phase][key], (phase, key)
    assert sum(l['rule_total'] for l in m['layers']) == m['rule_total'] == m['macs']
    assert m['training']['macs'] == sum(p['macs'] for p in m['phases'].values())
    assert m['memory']['total_bytes'] == sum(m['memory'][k] for k in (
        'params_bytes', 'param_gradients_bytes', 'optimizer_bytes', 'statistics_bytes', 'activations_peak_bytes'))
END
