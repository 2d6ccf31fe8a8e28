using System.Globalization;
using System.Runtime.InteropServices;
using NetWhy.Wire;
using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Ss;

/// <summary>Raw sockets of a kernel that does not list them over netlink (CONFIG_INET_DIAG without raw_diag).</summary>
/// <remarks>Source: /proc/net/raw and /proc/net/raw6, proc_net(5).</remarks>
internal static class RawSockets
{
    private const int MostLines = 100_000;

    /// <summary>Reads the sockets of a family.</summary>
    /// <param name="isIPv6">Which family.</param>
    /// <param name="states">Which states; bit (state).</param>
    public static IEnumerable<InetDiagMessage> Read(bool isIPv6, uint states)
    {
        string path = isIPv6 ? "/proc/net/raw6" : "/proc/net/raw";
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            yield break; // a kernel without the family has no such file
        }

        foreach (string line in lines.Skip(1).Take(MostLines))
        {
            if (Parse(line, isIPv6) is { } socket && (states >> (int)socket.State & 1) != 0)
                yield return socket;
        }
    }

    /// <summary>Reads one line; null if it makes no sense.</summary>
    /// <param name="line">The line.</param>
    /// <param name="isIPv6">Of which family it is.</param>
    internal static InetDiagMessage? Parse(string line, bool isIPv6)
    {
        string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 10
            || Endpoint(fields[1], isIPv6) is not var (local, localPort)
            || Endpoint(fields[2], isIPv6) is not var (remote, remotePort)
            || fields[4].Split(':') is not [var sent, var received]
            || Hexadecimal(fields[3]) is not { } state
            || Hexadecimal(sent) is not { } sendQueue
            || Hexadecimal(received) is not { } receiveQueue
            || !uint.TryParse(fields[7], NumberStyles.None, CultureInfo.InvariantCulture, out uint user)
            || !uint.TryParse(fields[9], NumberStyles.None, CultureInfo.InvariantCulture, out uint inode))
        {
            return null;
        }

        var id = new InetDiagSocketId(localPort, remotePort, local, remote, InterfaceIndex: 0, Cookie: 0);
        return new InetDiagMessage((byte)(isIPv6 ? 10 : 2), (TcpState)Math.Min(state, 11), 0, 0, id, 0, receiveQueue, sendQueue, user, inode);
    }

    // "0100007F:0001": the address as words in the byte order of this machine, then the protocol.
    private static (AddressOctets Address, UInt16BigEndian Port)? Endpoint(string text, bool isIPv6)
    {
        int words = isIPv6 ? 4 : 1;
        if (text.Length != (words * 8) + 5 || text[words * 8] != ':' || Hexadecimal(text[((words * 8) + 1)..]) is not { } port)
            return null;
        Span<uint> octets = stackalloc uint[4];
        octets.Clear();
        for (int i = 0; i < words; i++)
        {
            if (Hexadecimal(text.Substring(i * 8, 8)) is not { } word)
                return null;
            octets[i] = word;
        }

        return (MemoryMarshal.Read<AddressOctets>(MemoryMarshal.AsBytes(octets)), (ushort)port);
    }

    private static uint? Hexadecimal(string text) =>
        uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number) ? number : null;
}
