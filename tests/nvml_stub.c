/* A stand-in for libnvidia-ml.so.1: two devices whose state is read from the file that STUB_NVML names, as lines of
 * "key value". What is not listed there has a fixed value. `unsupported` is a set of bits: 1 temperature, 2 power,
 * 4 energy, 8 clocks, 16 reasons (new name), 32 memory. With `lost 1` every call answers that the GPU is lost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOT_SUPPORTED 3
#define NOT_FOUND 6
#define GPU_IS_LOST 15

static char *UUIDS[] = {"GPU-aaaa-0000", "GPU-bbbb-1111"};

static long state(const char *key, long otherwise) {
    const char *path = getenv("STUB_NVML");
    FILE *file = path ? fopen(path, "r") : NULL;
    char name[64];
    long value, found = otherwise;
    if (!file) return otherwise;
    while (fscanf(file, "%63s %ld", name, &value) == 2)
        if (!strcmp(name, key)) found = value;
    fclose(file);
    return found;
}

static int index_of(void *device) { return (int)(size_t)device - 1; }
static int trouble(long bit) {
    if (state("lost", 0)) return GPU_IS_LOST;
    return state("unsupported", 0) & bit ? NOT_SUPPORTED : 0;
}

struct memory { unsigned long long total, free, used; };
struct rates { unsigned int gpu, memory; };

int nvmlInitWithFlags(unsigned int flags) { (void)flags; return (int)state("init", 0); }
int nvmlShutdown(void) { return 0; }
const char *nvmlErrorString(int code) { return code == GPU_IS_LOST ? "GPU is lost" : "stub"; }
int nvmlDeviceGetCount_v2(unsigned int *count) { *count = (unsigned)state("devices", 2); return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int i, void **device) { *device = (void *)(size_t)(i + 1); return 0; }
int nvmlDeviceGetHandleByUUID(const char *uuid, void **device) { (void)uuid; (void)device; return NOT_FOUND; }
int nvmlDeviceGetUUID(void *d, char *out, unsigned int size) { snprintf(out, size, "%s", UUIDS[index_of(d)]); return 0; }
int nvmlDeviceGetName(void *d, char *out, unsigned int size) { snprintf(out, size, "Stub %d", index_of(d)); return 0; }
int nvmlDeviceGetMemoryInfo(void *d, struct memory *m) {
    m->total = 80000000000ULL, m->used = 1000000000ULL * (1 + index_of(d)), m->free = m->total - m->used;
    return trouble(32);
}
int nvmlDeviceGetUtilizationRates(void *d, struct rates *r) { (void)d; r->gpu = 97, r->memory = 41; return trouble(0); }
int nvmlDeviceGetTemperature(void *d, int sensor, unsigned int *c) { (void)d; (void)sensor; *c = 61; return trouble(1); }
int nvmlDeviceGetTemperatureThreshold(void *d, int kind, unsigned int *c) {
    (void)d; *c = kind == 1 ? 87 : 0;
    return trouble(1);
}
int nvmlDeviceGetPowerUsage(void *d, unsigned int *mw) { (void)d; *mw = 310200; return trouble(2); }
int nvmlDeviceGetEnforcedPowerLimit(void *d, unsigned int *mw) { (void)d; *mw = 700000; return trouble(2); }
int nvmlDeviceGetTotalEnergyConsumption(void *d, unsigned long long *mj) { (void)d; *mj = 5500; return trouble(4); }
int nvmlDeviceGetClockInfo(void *d, int kind, unsigned int *mhz) { (void)d; *mhz = kind == 1 ? 1755 : 1; return trouble(8); }
int nvmlDeviceGetCurrentClocksEventReasons(void *d, unsigned long long *bits) {
    (void)d; *bits = (unsigned long long)state("reasons", 4);
    return trouble(16);
}
int nvmlDeviceGetCurrentClocksThrottleReasons(void *d, unsigned long long *bits) { (void)d; *bits = 0x48; return trouble(0); }
