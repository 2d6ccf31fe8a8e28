using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Numbers that the kernel gives to network interfaces.</summary>
public static class InterfaceIndex
{
    /// <summary>The number of an interface; null if this network namespace has none of that name.</summary>
    /// <param name="name">Its name, such as <c>eth0</c>.</param>
    /// <remarks>Source: if_nametoindex(3).</remarks>
    public static uint? Of(string name) => Libc.if_nametoindex(name) is > 0 and var index ? index : null;
}
