# The same runs give the same bytes, wherever they lie and whatever the report is called; a moved clock changes nothing.
flopclock trace lenet5 alexnet resnet18 --backend null --probe fake --preset quick --steps 4 --validate-steps 2 -o runs 2>/dev/null >&2 || exit 1
flopclock report runs -o one >/dev/null 2>&1 || exit 1
mkdir deeper && mv runs deeper/other
sleep 1.1
LC_ALL=C.UTF-8 TZ=Asia/Tokyo flopclock report deeper/other/r* deeper/other/l* deeper/other/a* -o two >/dev/null 2>&1 || exit 1
diff -r one two && echo same
# Again over the old report: replaced, and nothing else left.
flopclock report deeper/other -o one >/dev/null 2>&1 && diff -r one two && ls
