// Commands about notifications: list, send, remove, export.
#include "base/json.hpp"
#include "phone/cli.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

namespace keepline::phone {

namespace {

base::result<int> list_notifications(cli_session& s, live_phone& phone) {
    TRY(rows, phone.assistant().notifications());
    if (s.options.json) {
        boost::json::array all;
        for (const auto& row : rows)
            all.push_back(boost::json::object{{"sequence", row.sequence},
                                              {"event", event_name(row.event)},
                                              {"address", row.address},
                                              {"iccid", row.iccid}});
        s.out << boost::json::serialize(all) << "\n";
        return 0;
    }
    for (const auto& row : rows)
        s.out << row.sequence << "  " << event_name(row.event) << "  " << row.iccid << "  " << row.address << "\n";
    return 0;
}

base::result<int> send(cli_session& s, live_phone& phone, std::uint64_t sequence, bool keep) {
    TRY(sent, phone.assistant().send_notifications(sequence == 0 ? std::nullopt : std::optional(sequence), keep));
    if (s.options.json)
        s.out << boost::json::serialize(boost::json::object{{"sent", sent}}) << "\n";
    else
        s.out << sent << " sent.\n";
    return 0;
}

}  // namespace

void add_notification_commands(CLI::App& root, cli_session& s) {
    auto* group = root.add_subcommand("notifications", "What the eUICC has to tell its SM-DP+");
    group->require_subcommand(0, 1);
    group->callback([&s, group] {
        if (!group->get_subcommands().empty()) return;
        s.chosen = [&s] { return with_phone(s, [&s](live_phone& phone) { return list_notifications(s, phone); }); };
    });
    auto* list = group->add_subcommand("list", "Lists them");
    list->callback([&s] {
        s.chosen = [&s] { return with_phone(s, [&s](live_phone& phone) { return list_notifications(s, phone); }); };
    });

    const auto sequence = std::make_shared<std::uint64_t>(0);
    const auto keep = std::make_shared<bool>(false);
    auto* deliver = group->add_subcommand("send", "Delivers them (or one), and removes what was accepted");
    deliver->add_option("sequence", *sequence, "Only this one");
    deliver->add_flag("--keep", *keep, "Removes none, so that they can be sent again");
    deliver->callback([&s, sequence, keep] {
        s.chosen = [&s, sequence, keep] {
            return with_phone(s, [&](live_phone& phone) { return send(s, phone, *sequence, *keep); });
        };
    });

    auto* remove = group->add_subcommand("remove", "Removes one without delivering it");
    remove->add_option("sequence", *sequence, "Which one")->required();
    remove->callback([&s, sequence] {
        s.chosen = [&s, sequence] {
            return with_phone(s, [&](live_phone& phone) -> base::result<int> {
                CHECK(phone.assistant().remove_notification(*sequence));
                return 0;
            });
        };
    });

    auto* show = group->add_subcommand("export", "Shows one as it would be sent (PendingNotification, Base64)");
    show->add_option("sequence", *sequence, "Which one")->required();
    show->callback([&s, sequence] {
        s.chosen = [&s, sequence] {
            return with_phone(s, [&](live_phone& phone) -> base::result<int> {
                TRY(pending, phone.assistant().notification(*sequence));
                s.out << base::base64(pending) << "\n";
                return 0;
            });
        };
    });
}

}  // namespace keepline::phone
