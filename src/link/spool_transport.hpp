// SMS into a folder, for servers without an SMSC: one JSON file per message, {key, to, text, at}, named by the key and
// renamed into place, durable when `send` returns. Whoever takes a file away moves it to done/ of the same folder: the
// same key is then not written again. Any thread.
#pragma once

#include "link/transport.hpp"
#include "port/clock.hpp"

#include <memory>

namespace keepline::link {

struct spool_settings {
    std::string folder;  // made when it is missing
};

result<std::unique_ptr<text_transport>> make_spool_transport(spool_settings how, const port::clock& clock);

}  // namespace keepline::link
