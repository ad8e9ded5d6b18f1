# Two networks, one network with two inputs or settings; every format.
cat >a.net <<'END'
network a
input 3x32x32
classes 10
stem: conv 16 3 pad=1
relu
one: conv 16 3 pad=1
two: relu
pool: max_pool 2
old: conv 32 3 pad=1
batch_norm
gone: avg_pool 2
head: adaptive_avg_pool 1
dense classes
output
END
sed -e 's/network a/network b/' -e 's/one: conv 16 3 pad=1/one: conv 24 3 pad=1/' -e 's/^old:/new:/' -e '/^gone/d' -e 's/^dense/extra: dropout 0.5\ndense/' a.net >b.net
for format in table csv json md tex; do
	flopclock analyze --diff ./a.net ./b.net --format $format
done
flopclock analyze --diff vgg11@3x32x32 vgg11@3x64x64,batch=2 --phase forward
flopclock analyze --diff resnet18 resnet18 | tail -2
flopclock analyze --diff alexnet lenet5 | sed -n '/^layers/p'
flopclock analyze --diff lenet5; echo "exit $?"
