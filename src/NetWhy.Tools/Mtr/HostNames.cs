using System.Collections.Concurrent;
using System.Net;

namespace NetWhy.Tools.Mtr;

/// <summary>Names of hops, looked up in the background: a resolver that is slow holds nothing up.</summary>
internal sealed class HostNames
{
    private const int MostAtOnce = 8; // each takes a thread

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2); // for names of a report

    private static readonly SemaphoreSlim Places = new(MostAtOnce);

    private readonly ConcurrentDictionary<IPAddress, Task<string?>> _names = new();

    /// <summary>The name of an address, as far as it is known by now; null if it is not. The first question begins the search.</summary>
    /// <param name="address">The address.</param>
    internal string? Of(IPAddress address) =>
        _names.GetOrAdd(address, static address => NameLookups.LookUpAsync(address, Places)) is { IsCompletedSuccessfully: true } name ? name.Result : null;

    /// <summary>Waits a while for names that are being looked up.</summary>
    /// <param name="cancellation">Gives up.</param>
    internal void Settle(CancellationToken cancellation) =>
        Task.WaitAny([Task.WhenAll(_names.Values), Task.Delay(Patience, cancellation)], cancellation);
}
