// The connector of destination `voice`: looks the phone up in the vault, keeps to the prefixes that may be called and
// to the budgets of calls, and has the hotline call (port/call_backs.hpp). The number that is to be keyed in is derived
// at this moment. It blocks while the phone rings and is spoken to: as many calls at once as the destination has
// threads. Any thread.
//
//   busy, nobody there   again after two minutes, at most three times and within the hour; then "nobody answered"
//   over a budget        later (code::over_budget), within the hour
//   answered             whatever was pressed counts: nobody is called again
//
// Tries are counted in memory: after a restart a phone may ring a few times more, within the hour.
#pragma once

#include "link/message_budget.hpp"
#include "port/call_backs.hpp"
#include "port/callable_phones.hpp"
#include "port/clock.hpp"
#include "port/connector.hpp"
#include "port/secrets.hpp"
#include "port/vault.hpp"

#include <memory>

namespace keepline::link {

struct call_back_parts {  // all outlive the connector
    port::vault* vault = nullptr;
    const port::secrets* secrets = nullptr;
    const port::clock* clock = nullptr;
    std::shared_ptr<message_budget> budget{};             // of calls alone; none: no limits
    std::shared_ptr<const port::call_back_switch> calls;  // null: no hotline of this configuration makes calls
    port::callable_phones phones{};
};

std::unique_ptr<port::connector> make_call_back_connector(call_back_parts with);

}  // namespace keepline::link
