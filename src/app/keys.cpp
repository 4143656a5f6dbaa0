#include "app/keys.hpp"

#include "app/files.hpp"

#include <algorithm>

namespace keepline::app {

namespace {
constexpr std::size_t max_secret_file_bytes = 1024;
}  // namespace

result<port::secrets> load_secrets(const std::string& file, port::random& random) {
    TRY(text, private_file(file, max_secret_file_bytes, [&] {
            base::digest fresh{};
            random.fill(fresh);
            return base::hex(fresh) + "\n";
        }));
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    const auto raw = base::from_hex(text);
    base::digest master{};
    if (!raw || raw->size() != master.size())
        return base::refuse(base::code::config_invalid, file +
                                                            " must hold 64 hexadecimal digits; restore it from a "
                                                            "backup (a new one would make every token useless).");
    std::copy(raw->begin(), raw->end(), master.begin());
    return port::secrets(master);
}

result<void> make_folders(const config& how) {
    CHECK(make_private_folder(how.data_dir));
    for (const auto& file : {how.store.path, how.keys.master_key_file, how.keys.signing_key_file, how.keys.secret_file,
                             how.keys.subscriber_keys_file})
        CHECK(make_private_folder(std::filesystem::path(file).parent_path()));
    return {};
}

}  // namespace keepline::app
