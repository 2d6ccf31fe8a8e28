using System.Globalization;
using NetWhy.Linux;

namespace NetWhy.Tools;

/// <summary>Moves a tool to the network namespace that its command line names.</summary>
internal static class ToolNamespace
{
    /// <summary>Moves the calling thread there.</summary>
    /// <param name="nameOrPath">The namespace, see <see cref="NetworkNamespace.Enter"/>.</param>
    /// <exception cref="ToolException">It cannot be entered.</exception>
    internal static void Enter(string nameOrPath)
    {
        try
        {
            NetworkNamespace.Enter(nameOrPath);
        }
        catch (LinuxException refusal)
        {
            throw new ToolException(ToolException.CouldNotWork, NetworkNamespace.InWords(nameOrPath, refusal));
        }
    }

    /// <summary>The network namespace of a process.</summary>
    /// <param name="pid">The process, as typed.</param>
    /// <exception cref="ToolException">It is no number.</exception>
    internal static string Of(string pid) => int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
        ? NetworkNamespace.PathOf(number)
        : throw new ToolException(ToolException.WrongUsage, $"--pid: '{Printable.Of(pid, isUtf8: false)}' is no number of a process");
}
