using System.Diagnostics.CodeAnalysis;
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
        if (!isIPv4)
            MemoryMarshal.Write(octets[24..], (uint)address.ScopeId);
        Span<byte> name = stackalloc byte[Libc.NI_MAXHOST];
        int failure = Libc.getnameinfo(octets, isIPv4 ? 16 : 28, name, name.Length, service: 0, serviceLength: 0, Libc.NI_NAMEREQD);
        return failure != 0 ? null : Encoding.UTF8.GetString(name[..Math.Max(0, name.IndexOf((byte)0))]);
    }

    /// <summary>Reads an address; one of IPv4 that is mapped into IPv6 as that of IPv4, since packets to it are of IPv4.</summary>
    /// <param name="text">The text.</param>
    /// <param name="address">The address; null if it is none.</param>
    /// <remarks>Source: RFC 4038, section 4.2.</remarks>
    public static bool TryParse(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = IPAddress.TryParse(text, out IPAddress? literal) ? Unmapped(literal) : null;
        return address is not null;
    }

    /// <summary>Addresses of a name, IPv4 first; empty if it has none.</summary>
    /// <param name="name">The name.</param>
    /// <param name="family"><c>AF_INET</c> (2), <c>AF_INET6</c> (10) or 0 for both.</param>
    /// <remarks>Source: getaddrinfo(3).</remarks>
    public static IReadOnlyList<IPAddress> AddressesOf(string name, int family) =>
        [.. Resolve(name, family, Libc.SOCK_STREAM).Addresses.OrderBy(address => address.AddressFamily)];

    /// <summary>What a name stands for, best address first.</summary>
    /// <param name="name">The name, or an address as text.</param>
    /// <param name="family"><c>AF_INET</c> (2), <c>AF_INET6</c> (10) or 0 for both.</param>
    /// <param name="socketType"><c>SOCK_STREAM</c> (1), which names every address once; or another.</param>
    /// <remarks>The order is that of RFC 6724 and gai.conf(5), as all programs of this machine get it. Source: getaddrinfo(3).</remarks>
    public static ResolvedName Resolve(string name, int family, int socketType = Libc.SOCK_STREAM)
    {
        const int MostAddresses = 256, CanonicalName = 2; // AI_CANONNAME
        if (name.Contains('\0', StringComparison.Ordinal))
            return new ResolvedName([], null, TextOf(Libc.EAI_NONAME));
        var hints = new Libc.addrinfo { ai_family = family, ai_socktype = socketType, ai_flags = CanonicalName };
        Libc.addrinfo* first;
        int failure = Libc.getaddrinfo(name, service: 0, &hints, &first);
        if (failure != 0)
            return new ResolvedName([], null, failure == Libc.EAI_SYSTEM ? LinuxException.Describe((Errno)Marshal.GetLastSystemError()) : TextOf(failure));

        string? canonical = Marshal.PtrToStringUTF8((nint)first->ai_canonname);
        var addresses = new List<IPAddress>();
        for (Libc.addrinfo* one = first; one != null && addresses.Count < MostAddresses; one = one->ai_next)
        {
            if (SocketAddress.TryRead(new ReadOnlySpan<byte>(one->ai_addr, (int)one->ai_addrlen), out IPAddress address, out _))
                addresses.Add(Unmapped(address));
        }

        Libc.freeaddrinfo(first);
        return new ResolvedName(addresses, canonical, null);
    }

    /// <summary>What getaddrinfo(3) says of a name that has addresses, but none of the family asked for.</summary>
    public static string NoAddressOfFamily => TextOf(Libc.EAI_ADDRFAMILY);

    /// <summary>What getaddrinfo(3) says of a name that nobody knows.</summary>
    public static string NotKnown => TextOf(Libc.EAI_NONAME);

    /// <summary>What getaddrinfo(3) says of a name that has no address.</summary>
    public static string NoData => TextOf(Libc.EAI_NODATA);

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static string TextOf(int failure) => Marshal.PtrToStringUTF8((nint)Libc.gai_strerror(failure)) ?? "";

    /// <summary>Whether a text matches a shell pattern, whatever the case of its letters.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="text">The text.</param>
    /// <remarks>Source: fnmatch(3) with FNM_CASEFOLD.</remarks>
    public static bool Matches(string pattern, string text) => Libc.fnmatch(pattern, text, Libc.FNM_CASEFOLD) == 0;
}

/// <summary>What a name stands for.</summary>
/// <param name="Addresses">Its addresses, the best first; empty if it has none.</param>
/// <param name="CanonicalName">Its canonical name; null if unknown.</param>
/// <param name="Failure">Why there are none, in the C library's words; null if there are.</param>
public sealed record ResolvedName(IReadOnlyList<IPAddress> Addresses, string? CanonicalName, string? Failure);
