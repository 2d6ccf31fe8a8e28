using System.Net;
using NetWhy.Linux;

namespace NetWhy.Tools.Ping;

/// <summary>Addresses as ping shows them: with the name of their zone, and with their own name where names are wanted.</summary>
/// <param name="isNumeric">Whether names are not wanted.</param>
/// <param name="cancellation">Ends waiting for a resolver: then there is no name.</param>
internal sealed class AddressNames(bool isNumeric, CancellationToken cancellation)
{
    private const int MostNames = 1024;

    private readonly Dictionary<IPAddress, string> _known = [];

    /// <summary>The address, with its name in front where it has one.</summary>
    /// <param name="address">The address.</param>
    internal string Of(IPAddress address)
    {
        if (_known.TryGetValue(address, out string? known))
            return known;
        string text = ZonedAddress.Text(address);
        string shown = !isNumeric && NameOf(address) is { } name && name != text ? $"{name} ({text})" : text;
        if (_known.Count < MostNames)
            _known[address] = shown;
        return shown;
    }

    // On another thread: the C library waits for seconds, and an interrupt must not.
    private string? NameOf(IPAddress address)
    {
        try
        {
            var lookup = Task.Run(() => SystemNames.OfAddress(address), cancellation);
            lookup.Wait(cancellation);
            return lookup.Result;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
