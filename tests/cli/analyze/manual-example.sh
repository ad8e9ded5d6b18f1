# The examples of models/README.md: the first network as it stands; the blocks behind a header of their own.
awk '/^```/ {n++; next} n == 1' "$FC_ROOT/models/README.md" >tiny.net
flopclock analyze ./tiny.net --per-layer --phase forward
head='network x
input 3x32x32
classes 10
'
{ printf '%s' "$head"; awk '/^```/ {n++; next} n == 9' "$FC_ROOT/models/README.md"; printf 'dense classes\noutput\n'; } >blocks.net
flopclock analyze ./blocks.net --per-layer --phase forward --format csv | cut -d, -f14-16,18
