using System.Globalization;
using System.Net;

namespace NetWhy.Names;

/// <summary>The address of a server with the number of its interface, which the kernel wants for link-local ones.</summary>
public static class ServerAddress
{
    /// <summary>The address to send to.</summary>
    /// <param name="server">The server as resolv.conf has it.</param>
    public static IPAddress Of(NameServer server) =>
        server.Scope is { } scope && FindIndex(scope) is { } index
            ? new IPAddress(server.Address.GetAddressBytes(), index)
            : server.Address;

    /// <summary>Whether an answer's source is the server that was asked.</summary>
    /// <param name="server">The server asked; 0.0.0.0 and :: mean this machine.</param>
    /// <param name="source">Where the answer is from.</param>
    public static bool IsSame(IPAddress server, IPAddress source) =>
        source.Equals(server)
        || (source.IsIPv6LinkLocal && source.GetAddressBytes().AsSpan().SequenceEqual(server.GetAddressBytes()))
        || ((server.Equals(IPAddress.Any) || server.Equals(IPAddress.IPv6Any)) && IPAddress.IsLoopback(source));

    private static long? FindIndex(string scope)
    {
        if (long.TryParse(scope, CultureInfo.InvariantCulture, out long number))
            return number;
        if (scope.Contains('/'))
            return null;

        try
        {
            return long.Parse(
                File.ReadAllText($"/sys/class/net/{scope}/ifindex"), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null; // no such interface: sending will say EINVAL, as it does to the application
        }
    }
}
