# Integers beyond 2^32 and 2^53 stay exact: products of odd numbers, which no double holds.
cat >huge.net <<'END'
network huge
input 1025x1023x1021
classes 2
conv 65521 63 pad=31 bias=false
adaptive_avg_pool 1
dense 2
output
END
flopclock analyze ./huge.net --format json --phase forward | grep -E '"(conv_macs|macs|flops)"' | head -3
flopclock analyze ./huge.net --format csv --phase forward --per-layer | cut -d, -f14,20-22
command -v python3 >/dev/null || { echo "no python3" >&2; exit 77; }
flopclock analyze ./huge.net@batch=7 --format json --phase forward | python3 -c '
import json, sys
macs = json.load(sys.stdin)[0]["counts"]["conv_macs"]
print(macs == 7 * 1025 * 1023 * 1021 * 65521 * 63 * 63, int(float(macs)) != macs, macs > 2 ** 60)'
flopclock analyze ./huge.net@batch=15 --phase forward | grep ^validation
flopclock analyze ./huge.net@batch=15
echo "exit $?"
