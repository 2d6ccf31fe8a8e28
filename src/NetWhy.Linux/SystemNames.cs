using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Names as this machine's C library resolves them: what the tools of the trade print and take.</summary>
public static unsafe class SystemNames
{
    /// <summary>Name of an address; null if it has none. It asks the resolver and may take seconds.</summary>
    /// <param name="address">The address.</param>
    /// <remarks>Source: getnameinfo(3).</remarks>
    public static string? OfAddress(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[28]; // struct sockaddr_in6
        octets.Clear();
        bool isIPv4 = address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetwork;
        MemoryMarshal.Write(octets, (ushort)(isIPv4 ? Libc.AF_INET : Libc.AF_INET6));
        _ = address.TryWriteBytes(octets[(isIPv4 ? 4 : 8)..], out _);
        Span<byte> name = stackalloc byte[Libc.NI_MAXHOST];
        int failure = Libc.getnameinfo(octets, isIPv4 ? 16 : 28, name, name.Length, service: 0, serviceLength: 0, Libc.NI_NAMEREQD);
        return failure != 0 ? null : Encoding.UTF8.GetString(name[..Math.Max(0, name.IndexOf((byte)0))]);
    }

    /// <summary>Addresses of a name, IPv4 first; empty if it has none.</summary>
    /// <param name="name">The name.</param>
    /// <param name="family"><c>AF_INET</c> (2), <c>AF_INET6</c> (10) or 0 for both.</param>
    /// <remarks>Source: getaddrinfo(3).</remarks>
    public static IReadOnlyList<IPAddress> AddressesOf(string name, int family)
    {
        var hints = new Libc.addrinfo { ai_family = family, ai_socktype = Libc.SOCK_STREAM };
        Libc.addrinfo* first;
        if (Libc.getaddrinfo(name, service: 0, &hints, &first) != 0)
            return [];

        var addresses = new List<IPAddress>();
        for (Libc.addrinfo* one = first; one != null && addresses.Count < 256; one = one->ai_next)
        {
            var octets = new ReadOnlySpan<byte>(one->ai_addr, (int)one->ai_addrlen);
            if (one->ai_family is Libc.AF_INET && octets.Length >= 8)
                addresses.Add(new IPAddress(octets[4..8]));
            else if (one->ai_family is Libc.AF_INET6 && octets.Length >= 24)
                addresses.Add(new IPAddress(octets[8..24]));
        }

        Libc.freeaddrinfo(first);
        return [.. addresses.OrderBy(address => address.AddressFamily)];
    }

    /// <summary>Whether a text matches a shell pattern, whatever the case of its letters.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="text">The text.</param>
    /// <remarks>Source: fnmatch(3) with FNM_CASEFOLD.</remarks>
    public static bool Matches(string pattern, string text) => Libc.fnmatch(pattern, text, Libc.FNM_CASEFOLD) == 0;
}
