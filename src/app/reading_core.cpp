#include "app/reading_core.hpp"

#include "engine/history.hpp"
#include "port/clock.hpp"

namespace keepline::app {

namespace {

std::unexpected<base::error> read_only() {
    return base::refuse(base::code::unavailable, "The journal is open to be read only; ask the running server.");
}

base::result<engine::view_ptr> view_of(port::journal& of, base::result<std::optional<port::stream>> row) {
    if (!row) return std::unexpected(std::move(row).error());
    if (!*row) return base::refuse(base::code::not_found, "There is no such line.");
    return engine::load_view(of, **row);
}

}  // namespace

void reading_core::submit(engine::submission, engine::reply then) { then(read_only()); }

base::result<engine::view_ptr> reading_core::read(const port::stream_key& key) { return view_of(of_, of_.load(key)); }

base::result<engine::view_ptr> reading_core::read_reference(std::string_view name) {
    return view_of(of_, of_.load_reference(name));
}

base::result<std::vector<port::stream_key>> reading_core::streams_on(const base::eid& eid, std::size_t limit) {
    return of_.streams_on(eid.text(), limit);
}

base::result<engine::view_ptr> reading_core::read_public(std::string_view public_id) {
    return view_of(of_, of_.load_public(public_id));
}

base::result<std::vector<port::entry>> reading_core::history(const engine::stream_view& of, std::uint64_t from_version,
                                                             std::size_t limit) {
    TRY(row, of_.load(of.key));
    if (!row) return base::refuse(base::code::not_found, "There is no such line.");
    return of_.entries(row->id, from_version, limit);
}

base::result<port::page> reading_core::list(const port::stream_filter& which, std::string_view after,
                                            std::size_t limit) {
    return of_.list(which, after, limit);
}

base::result<std::optional<port::stream_key>> reading_core::waiting_for(const base::eid& eid, std::size_t skip) {
    return of_.waiting_for(eid.text(), skip);
}

base::result<std::vector<engine::effect_view>> reading_core::failed_effects(bool, std::optional<domain::destination>,
                                                                            std::string_view, std::size_t) {
    return read_only();
}
base::result<void> reading_core::retry_effect(std::string_view) { return read_only(); }
base::result<std::int64_t> reading_core::retry_dead(std::optional<domain::destination>) { return read_only(); }

base::result<port::store_counts> reading_core::counts() { return of_.counts(port::system_clock().now()); }

}  // namespace keepline::app
