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
}
