using System.Net;
using System.Text;
using NetWhy.Linux;

namespace NetWhy.Tools.Tcpdump.Printing;

/// <summary>Prints addresses and ports, by name where that is wanted. Each name is asked for once.</summary>
/// <param name="options">How.</param>
internal sealed class NameResolver(PrintOptions options)
{
    private const int MostNames = 1 << 16; // then all are forgotten: a long capture must not fill the memory

    private readonly Dictionary<IPAddress, byte[]> _hosts = [];
    private ServiceNames? _services;

    /// <summary>Names that the capture itself has for addresses: they come before those that this machine knows.</summary>
    internal IReadOnlyDictionary<IPAddress, string>? Captured { get; set; }

    /// <summary>Prints an IPv4 address.</summary>
    /// <param name="text">Where.</param>
    /// <param name="address">Its four octets.</param>
    internal void PutIpv4(PacketText text, ReadOnlySpan<byte> address)
    {
        if (!options.IsNumeric && address[3] is not (0 or 255))
        {
            text.Add(NameOf(address));
            return;
        }

        PutNumber(text, address);
    }

    /// <summary>Prints an IPv6 address.</summary>
    /// <param name="text">Where.</param>
    /// <param name="address">Its sixteen octets.</param>
    internal void PutIpv6(PacketText text, ReadOnlySpan<byte> address)
    {
        if (options.IsNumeric)
            PutNumber(text, address);
        else
            text.Add(NameOf(address));
    }

    /// <summary>Name of a protocol inside IP; null if it has none.</summary>
    /// <param name="protocol">The protocol.</param>
    internal string? Protocol(byte protocol) => (_services ??= ServiceNames.Read()).Protocol(protocol);

    /// <summary>Prints a port.</summary>
    /// <param name="text">Where.</param>
    /// <param name="port">Its number.</param>
    /// <param name="protocol">Its protocol, such as <c>tcp</c>.</param>
    internal void PutPort(PacketText text, ushort port, string protocol)
    {
        if (!options.IsNumeric && (_services ??= ServiceNames.Read()).Of(port, protocol) is { } name)
            text.Add(name);
        else
            text.AddDecimal((ulong)port);
    }

    /// <summary>Prints an address in digits.</summary>
    /// <param name="text">Where.</param>
    /// <param name="address">Its four or sixteen octets.</param>
    internal static void PutNumber(PacketText text, ReadOnlySpan<byte> address)
    {
        if (address.Length == 4)
        {
            for (int i = 0; i < 4; i++)
            {
                if (i > 0)
                    text.Add((byte)'.');
                text.AddDecimal((ulong)address[i]);
            }

            return;
        }

        // The longest run of zero words, if it has two at least, becomes "::".
        int best = -1, longest = 1;
        for (int i = 0; i < 8; i++)
        {
            int end = i;
            while (end < 8 && address[end * 2] == 0 && address[(end * 2) + 1] == 0)
                end++;
            if (end - i > longest)
                (best, longest) = (i, end - i);
            i = Math.Max(i, end - 1);
        }

        bool holdsIpv4 = best == 0 && (longest == 6 || (longest == 5 && address[10] == 0xff && address[11] == 0xff));
        for (int i = 0; i < 8; i++)
        {
            if (best >= 0 && i >= best && i < best + longest)
            {
                if (i == best)
                    text.Add((byte)':');
                continue;
            }

            if (i > 0)
                text.Add((byte)':');
            if (i == 6 && holdsIpv4)
            {
                PutNumber(text, address[12..]);
                return;
            }

            text.AddHexadecimal((ulong)((address[i * 2] << 8) | address[(i * 2) + 1]));
        }

        if (best >= 0 && best + longest == 8)
            text.Add((byte)':');
    }

    private byte[] NameOf(ReadOnlySpan<byte> octets)
    {
        var address = new IPAddress(octets);
        if (Captured is { Count: > 0 } captured && captured.TryGetValue(address, out string? told))
            return Shown(told);
        if (_hosts.TryGetValue(address, out byte[]? known))
            return known;
        if (_hosts.Count >= MostNames)
            _hosts.Clear();

        byte[] name;
        if (SystemNames.OfAddress(address) is { } found)
        {
            name = Shown(found);
        }
        else
        {
            var text = new PacketText();
            PutNumber(text, octets);
            name = text.Octets.ToArray();
        }

        return _hosts[address] = name;
    }

    private byte[] Shown(string name)
    {
        int dot = options.IsShortName ? name.IndexOf('.', StringComparison.Ordinal) : -1;
        return Encoding.ASCII.GetBytes(Printable.Of(dot > 0 ? name[..dot] : name, isUtf8: false));
    }
}
