# Independent judges of the PDF files.
command -v qpdf >/dev/null && command -v pdffonts >/dev/null || { echo "qpdf or pdffonts is not installed" >&2; exit 77; }
flopclock trace lenet5 alexnet resnet18 --backend null --probe fake --preset quick --steps 4 --validate-steps 2 -o runs 2>/dev/null >&2 || exit 1
flopclock report runs -o out >/dev/null 2>&1 || exit 1
for pdf in out/report.pdf out/figures/*.pdf; do
	qpdf --check "$pdf" >log 2>&1 || { echo "$pdf"; cat log; }
	grep -i warning log
	pdffonts "$pdf" | tail -n +3 | grep -E 'Type 3| no +(yes|no) +(yes|no) +[0-9]' && echo "$pdf: a font that is not embedded or of type 3"
done
pdftotext -layout out/report.pdf - | grep -c 'ResNet18' | sed 's/^[1-9][0-9]*$/the networks are in it/'
pdfinfo out/report.pdf | grep -q "$(date -u +%Y)" && echo "dated by the runs"
