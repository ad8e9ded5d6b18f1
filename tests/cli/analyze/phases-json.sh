# Phases by themselves are those of the whole; the headline is theirs; an epoch is so many of them.
command -v python3 >/dev/null || { echo "no python3" >&2; exit 77; }
for phase in all forward backward-data backward-weights update training; do
	flopclock analyze resnet18 googlenet@aux=true --input 3x64x64 --batch 128 --phase $phase --pass train --recompute 0.5 --per-layer --format json >$phase.json || exit
done
python3 - <<'END'
import json
load = lambda phase: json.load(open(phase + '.json'))
keys = ('macs', 'flops', 'bytes_read', 'bytes_written')
for whole, training in zip(load('all'), load('training')):
    assert whole['phases'] == training['phases'] and whole['training'] == training['training']
    assert training['macs'] == whole['training']['macs'] and training['flops'] == whole['training']['flops']
    for key in keys:
        assert whole['training'][key] == sum(p[key] for p in whole['phases'].values())
        assert whole['epoch']['total'][key] == whole['epoch']['training'][key] + whole['epoch']['validation'][key]
        assert whole['epoch']['training'][key] == 468 * whole['training'][key]
    assert whole['epoch']['training']['images_left_out'] == 60000 - 468 * 128
    assert whole['epoch']['validation']['iterations'] == 79 and whole['epoch']['validation']['images_filled_up'] == 79 * 128 - 10000
    assert whole['phases']['recompute']['macs'] * 2 == whole['phases']['forward']['macs']
    print(whole['model'], whole['training']['macs'], whole['epoch']['total']['flops'])
for phase in ('forward', 'backward-data', 'backward-weights', 'update'):
    key = phase.replace('-', '_')
    for whole, one in zip(load('all'), load(phase)):
        assert one['phases'] == {key: whole['phases'][key]}, (phase, one['model'])
        assert one['selected_phase'] == key and one['macs'] == whole['phases'][key]['macs']
        assert one['flops'] == whole['phases'][key]['flops']
        assert one['epoch']['training']['flops'] == 468 * one['flops']
        assert sum(l['flops'] for l in one['layers']) == one['flops']
END
