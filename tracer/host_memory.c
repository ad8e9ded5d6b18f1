#include "flopclock/host.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE_PAGE (UINT64_C(2) << 20)

/* In front of the block: what free() has to give back. */
struct header {
	void *mapping;
	uint64_t mapped;
	uint8_t fill[48];
};

_Static_assert(sizeof(struct header) == 64, "the block behind the header is aligned to 64 bytes");

static uint64_t subtract(uint64_t from, uint64_t amount)
{
	return from > amount ? from - amount : 0;
}

/* The first number in a file, or `otherwise` ("max", no such file). */
static uint64_t read_number(const char *path, uint64_t otherwise)
{
	unsigned long long number;
	FILE *file = fopen(path, "r");
	uint64_t result = otherwise;

	if (!file)
		return otherwise;
	if (fscanf(file, "%llu", &number) == 1)
		result = number;
	fclose(file);
	return result;
}

static uint64_t machine_available(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	unsigned long long kilobytes;
	uint64_t result = UINT64_MAX;
	char line[256];

	if (!file)
		return result;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu kB", &kilobytes) == 1)
			result = (uint64_t)kilobytes << 10;
	fclose(file);
	return result;
}

/* What the control group of a container leaves; UINT64_MAX where it sets no limit. */
static uint64_t group_available(void)
{
	const uint64_t limit = read_number("/sys/fs/cgroup/memory.max", UINT64_MAX);

	if (limit == UINT64_MAX)
		return limit;
	return subtract(limit, read_number("/sys/fs/cgroup/memory.current", 0));
}

uint64_t fc_host_available(void)
{
	const uint64_t machine = machine_available(), group = group_available();

	return machine < group ? machine : group;
}

uint64_t fc_host_resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long long pages = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%*s %llu", &pages) != 1)
		pages = 0;
	fclose(file);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

int fc_host_alloc(uint64_t bytes, void **memory, struct fc_error *err)
{
	const uint64_t available = fc_host_available();
	struct header *header;
	uint64_t mapped;
	void *mapping;

	*memory = NULL;
	if (bytes > available || bytes > UINT64_MAX / 4)
		return fc_fail(err, "not enough memory: %.2f GB are needed and %.2f GB are available",
			       (double)bytes / 1e9, (double)available / 1e9);
	mapped = bytes + sizeof(*header) + LARGE_PAGE;
	mapping = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mapping == MAP_FAILED)
		return fc_fail_errno(err, "cannot reserve %.2f GB of memory", (double)bytes / 1e9);
	/* A fault per 4 kB page would cost more than the arithmetic of a small network's first step. */
	madvise(mapping, mapped, MADV_HUGEPAGE);
	header = (struct header *)(((uintptr_t)mapping + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1));
	header->mapping = mapping;
	header->mapped = mapped;
	*memory = header + 1;
	return 0;
}

void fc_host_free(void *memory)
{
	const struct header *header = memory;

	if (!memory)
		return;
	header--;
	munmap(header->mapping, header->mapped);
}
