#include "app/store_notes.hpp"

#include "app/keys.hpp"

#include <filesystem>

namespace keepline::app {

base::result<std::unique_ptr<store::sqlite_notebook>> notebook_of(const config& how) {
    std::error_code ignored;
    if (!std::filesystem::exists(how.store.path, ignored))
        return base::refuse(base::code::not_found,
                            "There is no store at " + how.store.path + " (data_dir and store.path say where).");
    TRY(key, seal_key_of(how));
    return store::sqlite_notebook::open(how.store.path, key);
}

}  // namespace keepline::app
