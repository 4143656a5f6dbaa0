// What OpenSSL gives out, freed by the function that goes with it.
#pragma once

#include <memory>

namespace keepline::rsp {

template <auto Free>
struct freed_by {
    template <typename T>
    void operator()(T* what) const {
        Free(what);
    }
};

template <typename T, auto Free>
using openssl_owned = std::unique_ptr<T, freed_by<Free>>;

}  // namespace keepline::rsp
