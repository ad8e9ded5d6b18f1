# The same seed gives the same training on every run, another seed another; folders of one second do not collide.
. "$FC_ROOT/tests/cli/trace/data.bash"
export SOURCE_DATE_EPOCH=1700000000
printf 'network mine\ninput 2x6x6\nclasses 10\nconv 4 3\nbatch_norm\nrelu\ndropout 0.3\ndense classes\noutput\n' >mine.net
for seed in 1 1 2; do
	flopclock trace ./mine.net --backend reference --probe none --data data --batch 4 --epochs 3 --lr 0.05 --seed $seed >/dev/null 2>&1 || exit
done
ls runs
for i in '' -2 -3; do cut -d, -f1-5,10-11 runs/mine-2x6x6-b4-cpu-20231114T221320Z$i/steps.csv >steps$i; done
cmp steps steps-2 && echo same
cmp -s steps steps-3 || echo different
