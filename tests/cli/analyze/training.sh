# Phases alone; the memory of a step is the schedule's business and has tests of its own.
flopclock analyze resnet18 --input 3x64x64 --classes 10 --batch 32 | sed '/^memory/,$d'
