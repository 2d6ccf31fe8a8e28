using System.Runtime.InteropServices;

namespace NetWhy.Names;

/// <summary>Octets that nobody can foresee, against forged answers. Source: RFC 5452, section 9.2.</summary>
/// <remarks>
/// They are those of a random GUID, which come from the kernel's generator; asking RandomNumberGenerator for them would load
/// libcrypto, which takes longer than most lookups.
/// </remarks>
public static class Unforeseeable
{
    /// <summary>The id of a query.</summary>
    public static ushort Id() => MemoryMarshal.Read<ushort>(Octets());

    /// <summary>Eight octets.</summary>
    public static byte[] Octets()
    {
        var random = Guid.NewGuid();
        Span<byte> octets = MemoryMarshal.AsBytes(new Span<Guid>(ref random));
        return [.. octets[..4], .. octets[^4..]]; // the middle has the version
    }
}
