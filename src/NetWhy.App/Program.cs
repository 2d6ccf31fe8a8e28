using System.CommandLine;
using NetWhy.App.Commands;

var root = new RootCommand("Says why a network target does not work.") { new LabCommand() };
return await root.Parse(args).InvokeAsync();
