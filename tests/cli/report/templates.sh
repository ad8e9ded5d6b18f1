# Own templates; one with a mistake leaves the old report as it was.
flopclock trace lenet5 --backend null --probe fake --preset quick --steps 4 --validate-steps 2 -o runs 2>/dev/null >&2 || exit 1
mkdir own
cp "$FC_ROOT"/templates/table.tex "$FC_ROOT"/templates/paper.tex own
echo '{{title}} has {{#columns}}{{-index}} {{/columns}}columns' >own/table.md
echo '{{headline}}' >own/report.md
flopclock report runs -o out --templates own --no-figures >/dev/null 2>&1 && cat out/tables/tab-1-flops.md out/report.md
grep templates out/manifest.json
printf '{{#tables}}\n{{id}}\n{{>table.md}}\n' >own/report.md
flopclock report runs -o out --templates own --no-figures 2>&1 >/dev/null | grep '^flopclock'
cat out/report.md
ls
