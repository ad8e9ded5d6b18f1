# Devices that there are not, and descriptions that are none.
set +e
flopclock analyze lenet5 --plan h101; echo "exit $?"
flopclock analyze lenet5 --plan ./none.json; echo "exit $?"
flopclock analyze lenet5 --plan ''; echo "exit $?"
mkdir folder.json; flopclock analyze lenet5 --plan folder.json; echo "exit $?"
