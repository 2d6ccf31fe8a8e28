using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Numbers that the kernel gives to network interfaces.</summary>
public static class InterfaceIndex
{
    private const int NameSize = 16; // IF_NAMESIZE, with the zero behind the name

    /// <summary>The number of an interface; null if this network namespace has none of that name.</summary>
    /// <param name="name">Its name, such as <c>eth0</c>.</param>
    /// <remarks>Source: if_nametoindex(3).</remarks>
    public static uint? Of(string name) => Libc.if_nametoindex(name) is > 0 and var index ? index : null;

    /// <summary>The name of an interface; null if this network namespace has none of that number (any more).</summary>
    /// <param name="index">Its number.</param>
    /// <remarks>One question to the kernel, where a list costs a host of containers milliseconds. Source: if_indextoname(3).</remarks>
    public static string? NameOf(int index)
    {
        Span<byte> name = stackalloc byte[NameSize];
        return index > 0 && Libc.if_indextoname((uint)index, name) != 0
            ? Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)])
            : null;
    }
}
