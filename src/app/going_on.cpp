#include "app/going_on.hpp"

#include "app/stop_detail.hpp"
#include "app/store_notes.hpp"
#include "desk/stops.hpp"
#include "port/clock.hpp"
#include "store/server_lock.hpp"

#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

result<int> ask_the_server(const session& s, const going_on& in) {
    const auto way = connect(s, *in.server);
    if (!way)
        return base::refuse(
            way.error().what,
            "A server runs on this store, so two administrators let it go on: with your token this asks "
            "for it, and another one signs. Or stop the server first. (" +
                way.error().words + ")");
    json::object body{{"what", boost::describe::enum_to_string(in.what, "")}, {"reason", in.reason}};
    if (in.most > 0) body["most"] = in.most;
    if (!in.holder.empty()) body["holder"] = in.holder;
    TRY(asked, json_of((*way)->send({"POST", "/v1/goings-on", json::serialize(body), fresh_key(), {}, {}})));
    if (s.json) {
        s.print(asked);
        return 0;
    }
    const auto* serial = asked.is_object() ? asked.get_object().if_contains("serial") : nullptr;
    s.at.out << "Asked for. Another administrator signs: keepline request countersign token:" << domain::console_name
             << ' ' << (serial == nullptr ? std::string("NO") : json::serialize(*serial)) << '\n';
    return 0;
}

result<int> note_for_the_start(const session& s, const config& settings, const going_on& in, const std::string& done) {
    TRY(notes, notebook_of(settings));
    TRY(detail, stop_detail(settings, *notes, in.what, in.most, in.holder));
    const port::system_clock clock;
    CHECK(desk::stops::note(*notes, {in.what, detail, in.reason, clock.now()}));
    if (s.json)
        s.print(json::object{{"noted", boost::describe::enum_to_string(in.what, "")}, {"detail", detail}});
    else
        s.at.out << "Noted: when the server starts, it writes into its journal that this was said here, tells every "
                    "administrator, and "
                 << done << ".\n";
    return 0;
}

}  // namespace

void add_going_on_options(CLI::App* command, const std::shared_ptr<going_on>& into) {
    add_reason_option(command, into->reason,
                      "Why, for whoever signs and for the journal; needed while the server runs");
    add_server_options(command, into->server);
}

result<int> let_go_on(const session& s, const going_on& in, const std::string& done) {
    TRY(settings, s.settings());
    if (!in.server->url.empty()) return ask_the_server(s, in);
    TRY(notes, notebook_of(settings));  // says in words where there is no store
    notes.reset();
    const auto stands = store::server_lock::take(settings.store.path);
    if (!stands && stands.error().what == base::code::unavailable) return ask_the_server(s, in);
    if (!stands) return std::unexpected(stands.error());
    return note_for_the_start(s, settings, in, done);
}

}  // namespace keepline::app
