# An epoch that nobody asked for and that does not fit 64 bits is missing, with a word.
cat >huge.net <<'END'
network huge
input 1025x1023x1021
classes 2
conv 65521 63 pad=31 bias=false
adaptive_avg_pool 1
dense 2
output
END
flopclock analyze ./huge.net | grep epoch
flopclock analyze ./huge.net --phase forward | grep epoch
flopclock analyze ./huge.net --format json | grep -A1 epoch
flopclock analyze ./huge.net --images 1000
echo "exit $?"
