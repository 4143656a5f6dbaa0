// keepline keys …: which keys the store belongs to, and new ones in place of the old. Never prints a key. What it is
// about to do is noted for the journal first, as everything is that is done past the API: a running server takes it up
// within a second, a server that stands when it starts, and every administrator is told (desk/stops.hpp).
#include "app/command.hpp"
#include "app/keys.hpp"
#include "app/store_notes.hpp"
#include "app/system_random.hpp"
#include "desk/stops.hpp"
#include "port/clock.hpp"
#include "store/server_lock.hpp"

#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

json::array array_of(std::string_view text) {
    json::array out;
    for (auto& word : words_in(text)) out.push_back(json::value(std::move(word)));
    return out;
}

result<int> show_keys(const session& s) {
    TRY(settings, s.settings());
    TRY(notes, notebook_of(settings));
    const auto note = [&](std::string_view name) { return notes->read(name).value_or(std::nullopt).value_or(""); };
    s.print(json::object{{"secret", array_of(note(secret_note))},
                         {"signing", note(signing_note)},
                         {"retired_signing_keys", array_of(note(retired_note)).size()},
                         {"anchor", note(anchor_key_note)},
                         {"retired_anchor_keys", array_of(note(retired_anchor_note)).size()},
                         {"subscribers_keys_file", note(keys_file_note)}});
    return 0;
}

result<void> tell(port::notebook& notes, const std::string& what, const std::string& reason) {
    return desk::stops::note(notes, {domain::stop_kind::keys, what, reason, port::system_clock().now()});
}

/// Told before it is done: no key changes that nobody hears of. What then fails is told as well, if it can be.
template <typename Change>
auto told(port::notebook& notes, const std::string& reason, const Change& change) {
    std::string what;
    auto done = change([&](const std::string& is_to_be) -> result<void> {
        CHECK(tell(notes, is_to_be, reason));
        what = is_to_be;
        return {};
    });
    if (!done && !what.empty()) static_cast<void>(tell(notes, what + ": failed", reason));
    return done;
}

result<int> rotate_anchor(const session& s, const std::string& reason) {
    TRY(settings, s.settings());
    TRY(notes, notebook_of(settings));
    TRY(lock, store::server_lock::take(settings.store.path));
    TRY(kid, told(*notes, reason, [&](const told_first& first) { return rotate_anchor_key(settings, *notes, first); }));
    if (s.json)
        s.print(json::object{{"anchor", kid}});
    else
        s.at.out << "Anchors will be signed with " << kid
                 << "; the keys before stay in the key sets beside them (.jwks), which the next start writes.\n";
    return 0;
}

constexpr const char* reload_hint = "A running server takes it with the next SIGHUP (kill -HUP).\n";

result<int> rotate_one_signing(const session& s, const std::string& reason) {
    TRY(settings, s.settings());
    TRY(notes, notebook_of(settings));
    TRY(kid, told(*notes, reason, [&](const told_first& first) { return rotate_signing(settings, *notes, first); }));
    if (s.json)
        s.print(json::object{{"signing", kid}});
    else
        s.at.out << "Certificates will be signed with " << kid << "; the keys before stay in the JWKS. " << reload_hint;
    return 0;
}

result<int> rotate_one_secret(const session& s, const std::string& reason) {
    TRY(settings, s.settings());
    TRY(notes, notebook_of(settings));
    system_random random;
    TRY(id,
        told(*notes, reason, [&](const told_first& first) { return rotate_secret(settings, *notes, random, first); }));
    if (s.json)
        s.print(json::object{{"secret", id}});
    else
        s.at.out << "New digests will be made with generation " << id << "; older ones are still recognised. "
                 << reload_hint;
    return 0;
}

result<int> forget_secrets(const session& s, const std::string& reason, bool even_so) {
    TRY(settings, s.settings());
    TRY(notes, notebook_of(settings));
    system_random random;
    TRY(gone, told(*notes, reason, [&](const told_first& first) {
            return forget_old_secrets(settings, *notes, random, port::system_clock().now(), even_so, first);
        }));
    if (s.json)
        s.print(json::object{{"forgotten", gone}});
    else
        s.at.out << gone << " older generations are forgotten: tokens and digests made with them no longer work. "
                 << reload_hint;
    return 0;
}

result<int> rotate_master(const session& s, const std::string& reason) {
    TRY(settings, s.settings());
    TRY(notes, notebook_of(settings));
    TRY(lock, store::server_lock::take(settings.store.path));
    TRY(rewrapped, told(*notes, reason, [&](const told_first& first) -> result<std::int64_t> {
            CHECK(first("rotate master"));
            return store::sqlite_vault::rotate_master_key(settings.keys.subscriber_keys_file,
                                                          settings.keys.master_key_file);
        }));
    if (s.json)
        s.print(json::object{{"rewrapped", rewrapped}});
    else
        s.at.out
            << rewrapped << " subscribers' keys are wrapped with a new master key, in " << settings.keys.master_key_file
            << ". Backups made until now open only with the one before: keep that as long as you keep them, and make "
               "a backup now.\n";
    return 0;
}

}  // namespace

void add_keys_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "keys", "Which keys the store belongs to; new ones: show, rotate, forget",
                            "keepline keys show\nkeepline keys rotate signing && kill -HUP $(pidof keepline)");
    on_chosen(add_command(*group, "show", "The names of the keys, never the keys", "keepline keys show"), s,
              [&s] { return show_keys(s); });
    auto* rotate = add_group(*group, "rotate", "A new key in place of the one before; every administrator is told",
                             "keepline keys rotate signing\nkeepline keys rotate secret\nkeepline keys rotate master\n"
                             "keepline keys rotate anchor");
    const auto reason = std::make_shared<std::string>();
    const auto with_reason = [&](CLI::App* command) {
        add_reason_option(command, *reason, "Why, for the journal");
        return command;
    };
    on_chosen(with_reason(add_command(*rotate, "signing", "Of certificates; those signed before stay verifiable",
                                      "keepline keys rotate signing && kill -HUP $(pidof keepline)")),
              s, [&s, reason] { return rotate_one_signing(s, *reason); });
    on_chosen(
        with_reason(add_command(*rotate, "secret", "Of tokens and digests; those made before are still recognised",
                                "keepline keys rotate secret && kill -HUP $(pidof keepline)")),
        s, [&s, reason] { return rotate_one_secret(s, *reason); });
    on_chosen(
        with_reason(add_command(*rotate, "master", "Of the subscribers' keys; the server must be stopped",
                                "systemctl stop keepline && keepline keys rotate master && systemctl start keepline")),
        s, [&s, reason] { return rotate_master(s, *reason); });
    on_chosen(
        with_reason(add_command(*rotate, "anchor", "Of the anchors, also where it is lost; the server must be stopped",
                                "systemctl stop keepline && keepline keys rotate anchor && systemctl start keepline")),
        s, [&s, reason] { return rotate_anchor(s, *reason); });
    auto* forget =
        add_group(*group, "forget", "Older generations are no longer recognised", "keepline keys forget secret");
    auto* secret = with_reason(add_command(*forget, "secret", "Only the newest generation stays",
                                           "keepline keys forget secret && kill -HUP $(pidof keepline)"));
    const auto even_so = std::make_shared<bool>(false);
    secret->add_flag("--even-so", *even_so,
                     "Though tokens of older generations are in force, which then open nothing; the server must be "
                     "stopped");
    on_chosen(secret, s, [&s, reason, even_so] { return forget_secrets(s, *reason, *even_so); });
}

}  // namespace keepline::app
