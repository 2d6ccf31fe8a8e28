using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Routing;

/// <summary>Notes which neighbours change their link-layer address, and which stations go from one port of a bridge to another, while it is listened.</summary>
internal sealed class NeighbourWatch : IDisposable
{
    private const int MostKnown = 65_536; // a scan makes as many neighbours as there are addresses
    private const int MostPorts = 8;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100); // the kernel keeps some hundreds of messages, or thousands for root

    private readonly NeighbourEvents? _events;
    private readonly Dictionary<(IPAddress Address, int Index), AddressHistory> _neighbours = [];
    private readonly Dictionary<(string Station, int Bridge, int Vlan), StationHistory> _stations = [];

    private NeighbourWatch(NeighbourEvents? events) => _events = events;

    /// <summary>Whether what happens between two looks is heard.</summary>
    internal bool Listens => _events is { HasLost: false };

    /// <summary>Begins.</summary>
    /// <param name="listens">Whether to listen, or only to compare two looks.</param>
    internal static NeighbourWatch Begin(bool listens)
    {
        try
        {
            return new NeighbourWatch(listens ? NeighbourEvents.Open() : null);
        }
        catch (LinuxException)
        {
            return new NeighbourWatch(events: null);
        }
    }

    /// <summary>Listens until something is over.</summary>
    /// <param name="end">What ends it.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task ListenAsync(Task end, TimeProvider clock, CancellationToken cancellationToken)
    {
        while (_events is not null && !end.IsCompleted)
        {
            await Task.WhenAny(end, Task.Delay(Turn, clock, cancellationToken)).ConfigureAwait(false);
            TakeEvents();
        }

        await end.ConfigureAwait(false);
        TakeEvents();
    }

    /// <summary>Notes entries of a neighbour table, or a message about one.</summary>
    /// <param name="entries">The entries.</param>
    internal void Note(params IEnumerable<NeighbourMessage> entries)
    {
        foreach (NeighbourMessage entry in entries)
        {
            if (entry.HardwareAddress is null || IsMulticast(entry.Address) || entry.Header.State is NeighbourStates.Failed or NeighbourStates.Incomplete)
                continue;
            ref AddressHistory? known = ref CollectionsMarshal.GetValueRefOrAddDefault(_neighbours, (entry.Address, entry.Header.Index), out bool isKnown);
            if (!isKnown && _neighbours.Count > MostKnown)
                _neighbours.Remove((entry.Address, entry.Header.Index));
            else if (known is null)
                known = new AddressHistory(entry.HardwareAddress);
            else
                known.Note(entry.HardwareAddress);
        }
    }

    /// <summary>Notes behind which port a station was learned.</summary>
    /// <param name="entry">The entry.</param>
    internal void Note(ForwardingEntryMessage entry)
    {
        if (entry.Header.State.HasFlag(NeighbourStates.Permanent))
            return; // the bridge's own
        var key = (entry.HardwareAddress, entry.Bridge, entry.Vlan);
        ref StationHistory? known = ref CollectionsMarshal.GetValueRefOrAddDefault(_stations, key, out bool isKnown);
        if (!isKnown && _stations.Count > MostKnown)
            _stations.Remove(key);
        else
            (known ??= new StationHistory()).Note(entry.Header.Index);
    }

    /// <summary>Neighbours of one family that had one link-layer address and then another, those that changed most often first.</summary>
    /// <param name="isIPv6">Of which family.</param>
    /// <param name="names">Names of the interfaces.</param>
    internal IEnumerable<MovedNeighbour> Moved(bool isIPv6, IReadOnlyDictionary<int, string> names) => _neighbours
        .Where(pair => pair.Value.Changes > 0 && pair.Key.Address.AddressFamily is AddressFamily.InterNetworkV6 == isIPv6)
        .OrderByDescending(pair => pair.Value.Changes)
        .Select(pair => new MovedNeighbour(pair.Key.Address, names.GetValueOrDefault(pair.Key.Index, "?"), pair.Value.Before, pair.Value.Now) { Changes = pair.Value.Changes });

    /// <summary>Stations that went from one port of a bridge to another, those that did so most often first.</summary>
    /// <param name="names">Names of the interfaces.</param>
    internal IEnumerable<MovedStation> MovedStations(IReadOnlyDictionary<int, string> names) => _stations
        .Where(pair => pair.Value.Moves > 0)
        .OrderByDescending(pair => pair.Value.Moves)
        .Select(pair => new MovedStation(
            pair.Key.Station,
            names.GetValueOrDefault(pair.Key.Bridge, "?"),
            pair.Key.Vlan,
            pair.Value.Moves,
            [.. pair.Value.Ports.Select(port => names.GetValueOrDefault(port, "?"))]));

    /// <inheritdoc/>
    public void Dispose() => _events?.Dispose();

    private void TakeEvents()
    {
        try
        {
            _events?.Take(entry => Note([entry]), Note);
        }
        catch (LinuxException)
        {
            // What was heard until now stands.
        }
    }

    private static bool IsMulticast(IPAddress address) =>
        address.AddressFamily is AddressFamily.InterNetworkV6 ? address.IsIPv6Multicast : (address.GetAddressBytes()[0] & 0xf0) == 0xe0;

    private sealed class AddressHistory(string first)
    {
        internal string Before { get; private set; } = first;

        internal string Now { get; private set; } = first;

        internal int Changes { get; private set; }

        internal void Note(string address)
        {
            if (address == Now)
                return;
            (Before, Now) = (Now, address);
            Changes++;
        }
    }

    private sealed class StationHistory
    {
        private int _port;

        internal List<int> Ports { get; } = [];

        internal int Moves { get; private set; }

        internal void Note(int port)
        {
            if (_port != 0 && port != _port)
                Moves++;
            _port = port;
            if (Ports.Count < MostPorts && !Ports.Contains(port))
                Ports.Add(port);
        }
    }
}
