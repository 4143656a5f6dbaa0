// What keeps this process's memory to itself: no core dumps, no tracing by others of the same user, keys of OpenSSL in
// locked memory. Before any key is read; one thread.
#pragma once

namespace keepline::app {

/// Of every command, at its start.
void harden_process();

/// [process] core_dumps = true: the process may be dumped and traced after all.
void allow_dumps();

}  // namespace keepline::app
