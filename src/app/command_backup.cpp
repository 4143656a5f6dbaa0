// keepline backup, keepline restore: a folder with everything but two secrets, and the store made again from it.
#include "app/backup.hpp"
#include "app/command.hpp"
#include "app/keys.hpp"
#include "store/sqlite_journal.hpp"

#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

result<int> back_up(const session& s, const std::string& folder, const std::string& keys) {
    TRY(settings, s.settings());
    TRY(made, make_backup(settings, folder, keys));
    if (s.json) {
        s.print(json::object{{"folder", made.folder},
                             {"keys", made.keys},
                             {"not_in_it", json::array{json::value(settings.keys.master_key_file),
                                                       json::value(settings.keys.secret_file)}}});
        return 0;
    }
    s.at.out << "The backup is in " << made.folder << ", the subscribers' keys (wrapped) in " << made.keys
             << ".\nNot in it, and needed to restore it: " << settings.keys.master_key_file << " and "
             << settings.keys.secret_file
             << ". Keep a copy of both, apart from this.\nDelete older copies of the subscribers' keys in time: they "
                "still hold the keys of people erased since.\n";
    return 0;
}

result<int> copy_journal(const session& s, const std::string& file) {
    TRY(settings, s.settings());
    std::error_code ignored;
    if (!std::filesystem::exists(settings.store.path, ignored))
        return base::refuse(base::code::not_found,
                            "There is no journal at " + settings.store.path + " (data_dir and store.path say where).");
    TRY(journal, store::sqlite_journal::open(settings.store.path, store::open_mode::read_only));
    CHECK(journal->copy_to(file));
    if (s.json)
        s.print(json::object{{"journal", file}});
    else
        s.at.out << "The journal is copied to " << file << " (personal data sealed; no key in it)\n";
    return 0;
}

result<int> restore(const session& s, const restore_wanted& what) {
    TRY(settings, s.settings());
    if (what.in_place != what.folder.empty())
        return base::refuse(base::code::invalid, "Name the folder of a backup, or say --in-place.");
    TRY(done, restore_backup(settings, what));
    const int code = done.without_key.empty() ? 0 : base::info(base::code::key_missing).exit_code;
    if (!done.without_key.empty())
        s.at.err << "keepline: the keys of " << done.without_key.size()
                 << " owners of personal data are not in this file of keys (the first: " << done.without_key.front()
                 << "): it is older than the journal. What is theirs opens for nobody; `keepline verify` says so until "
                    "it is restored with the newer file of keys (--keys).\n";
    if (s.json) {
        json::array aside;
        for (const auto& one : done.moved_aside) aside.push_back(json::value(one));
        s.print(json::object{{"streams", done.streams},
                             {"entries", done.entries},
                             {"tokens_on_hold", done.tokens_on_hold},
                             {"refunds_on_hold", done.refunds_on_hold},
                             {"erased_again", done.erased_again},
                             {"without_key", done.without_key.size()},
                             {"moved_aside", aside}});
        return code;
    }
    s.at.out << "Restored and verified: " << done.streams << " streams, " << done.entries << " entries.\n"
             << done.tokens_on_hold
             << " tokens are on hold, for nobody knows which were revoked since the backup: keepline token confirm "
                "HOLDER, or make new ones.\n";
    if (done.refunds_on_hold)
        s.at.out << "Refunds ordered until now are on hold, for the log of those written since the backup is lost: "
                    "compare with the bank, then keepline refunds release.\n";
    for (const auto& one : done.moved_aside) s.at.out << "Moved aside: " << one << '\n';
    s.at.out << "What was acknowledged after the backup is not in it: tell those concerned.\n";
    return code;
}

}  // namespace

void add_backup_commands(CLI::App& root, session& s) {
    auto to = std::make_shared<std::string>();
    auto keys = std::make_shared<std::string>();
    auto only_journal = std::make_shared<bool>(false);
    auto* copy = add_command(root, "backup", "Make a consistent backup while the server runs, as one folder",
                             "keepline backup /backup/$(date +%F)\n"
                             "keepline backup /backup/$(date +%F) --keys /elsewhere/subscribers.sqlite\n"
                             "keepline backup --journal-only /backup/journal.db");
    copy->add_option("DIR", *to, "Where to; must not exist")->required();
    copy->add_option("--keys", *keys, "Put the subscribers' keys here instead (keep them apart)")->type_name("FILE");
    copy->add_flag("--journal-only", *only_journal, "Only a copy of the journal, as one file: for `verify --journal`");
    on_chosen(copy, s,
              [&s, to, keys, only_journal] { return *only_journal ? copy_journal(s, *to) : back_up(s, *to, *keys); });

    auto what = std::make_shared<restore_wanted>();
    auto* back = add_command(root, "restore", "Make the store again from a backup; no server may run",
                             "keepline restore /backup/2026-11-28\n"
                             "keepline restore /backup/2026-11-28 --refund-log /other-disk/refunds/written.log\n"
                             "keepline restore --in-place      # a copy that was put at store.path by hand");
    back->add_option("DIR", what->folder, "What `keepline backup` made");
    back->add_option("--keys", what->keys, "The subscribers' keys, when they were kept apart")->type_name("FILE");
    back->add_option("--refund-log", what->refund_log, "A copy of written.log that is newer than the backup's")
        ->type_name("FILE");
    back->add_flag("--replace", what->replace, "A store that is there is moved aside");
    back->add_flag("--in-place", what->in_place, "The store is there already, put back by hand");
    on_chosen(back, s, [&s, what] { return restore(s, *what); });
}

}  // namespace keepline::app
