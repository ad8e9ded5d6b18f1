# The example for a paper compiles, tables and figures in it.
command -v pdflatex >/dev/null && kpsewhich booktabs.sty >/dev/null || { echo "pdflatex with booktabs is not installed" >&2; exit 77; }
flopclock trace lenet5 alexnet resnet18 googlenet --backend null --probe fake --preset quick --steps 4 --validate-steps 2 -o runs 2>/dev/null >&2 || exit 1
flopclock report runs -o out >/dev/null 2>&1 || exit 1
cd out && pdflatex -interaction=nonstopmode -halt-on-error paper.tex >log 2>&1 || grep '^!' log
grep -c 'Output written on paper.pdf' log
