using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Files that the whole machine has open, against fs.file-max.</summary>
public sealed class MachineFiles : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("machine.descriptors", Source: "proc(5), /proc/sys/fs/file-nr");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<ProcessDescriptors>(process => process.MachineLimit > 0) is not { } machine)
            yield break;
        bool isNear = machine.OpenOnMachine >= machine.MachineLimit * 0.8;
        yield return new Signal(Info.Id, isNear ? Standing.Warning : Standing.Fine, "open files of the machine", $"{machine.OpenOnMachine}", $"{machine.MachineLimit}")
        {
            Meaning = isNear ? "At the limit no process can open a file or a socket (ENFILE)." : "",
            Remedies = isNear ? [Remedy.Set("Raise the limit.", "fs.file-max", $"{machine.MachineLimit * 2}", WholeHost.OwnerOfLimits(evidence))] : [],
            Evidence = [machine],
        };
    }
}
