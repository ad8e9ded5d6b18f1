# The same model gives the same bytes, wherever it is called from.
for format in table csv json md tex; do
	flopclock analyze densenet121 googlenet --per-layer --format $format >a
	(cd / && LC_ALL=C.UTF-8 TZ=Asia/Tokyo flopclock analyze densenet121 googlenet --per-layer --format $format) >b
	cmp a b && echo "$format same"
done
