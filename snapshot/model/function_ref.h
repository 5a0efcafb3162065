// A reference to something callable, for the length of one call.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace heapreel {

template <typename Signature>
class function_ref;

// Owns nothing and allocates nothing: pass it down, never store it.
template <typename Result, typename... Arguments>
class function_ref<Result(Arguments...)> {
 public:
  template <typename Callable>
  requires(!std::is_same_v<std::remove_cvref_t<Callable>, function_ref> &&
           std::is_invocable_r_v<Result, Callable&, Arguments...>)
      function_ref(Callable&& callable)  // NOLINT: meant to convert
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
        call_([](void* object, Arguments... arguments) -> Result {
          return (*static_cast<std::remove_reference_t<Callable>*>(object))(std::forward<Arguments>(arguments)...);
        }) {}

  Result operator()(Arguments... arguments) const { return call_(object_, std::forward<Arguments>(arguments)...); }

 private:
  void* object_;
  Result (*call_)(void*, Arguments...);
};

}  // namespace heapreel
