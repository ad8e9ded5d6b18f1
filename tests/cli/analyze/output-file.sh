flopclock analyze lenet5 --format csv -o a.csv && flopclock analyze lenet5 --format csv >b.csv && cmp a.csv b.csv && echo same
ls
mkdir folder
flopclock analyze lenet5 -o folder
