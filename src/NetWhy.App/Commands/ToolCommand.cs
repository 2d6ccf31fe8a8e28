using System.CommandLine;
using NetWhy.Tools;

namespace NetWhy.App.Commands;

/// <summary>Stands for a tool in the help and in the completion; <see cref="ToolHost"/> runs it.</summary>
internal sealed class ToolCommand : Command, IExplained
{
    /// <summary>Makes the command.</summary>
    /// <param name="tool">The tool.</param>
    public ToolCommand(ITool tool)
        : base(tool.Name, tool.Summary)
    {
        Tool = tool;
        SetAction(_ => ToolHost.Run(tool, []));
    }

    /// <summary>The tool.</summary>
    public ITool Tool { get; }

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples => Tool.Examples;
}
