# Every rule that exists is explained.
flopclock help analyze >help
flopclock analyze lenet5 --rule ? 2>&1 | sed -n 's/.*expected one of \([^;]*\).*/\1/p' | tr -d , | tr ' ' '\n' >rules
while read -r rule; do
	grep -q "^ *$rule  " help || echo "not in the help: $rule"
done <rules
wc -l <rules
